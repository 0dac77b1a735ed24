package jontainers.netlink.nftables;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jontainers.linux.SyscallException;
import jontainers.netlink.Body;
import jontainers.netlink.Message;
import jontainers.netlink.Request;

/// A named set, or a map where it has values: `set NAME { type ifname; }`.
///
/// @param key the types of the key, several for a concatenation
/// @param value the types of the value; empty for a set
public record NamedSet(
    Table table, String name, List<DataType> key, List<DataType> value, Set<Flag> flags) {
  private static final int NFT_MSG_NEWSET = 9;
  private static final int NFT_MSG_GETSET = 10;
  private static final int NFT_MSG_DELSET = 11;
  private static final int NFT_MSG_NEWSETELEM = 12;
  private static final int NFT_MSG_GETSETELEM = 13;
  private static final int NFT_MSG_DELSETELEM = 14;

  private static final int NFTA_SET_TABLE = 1;
  private static final int NFTA_SET_NAME = 2;
  private static final int NFTA_SET_FLAGS = 3;
  private static final int NFTA_SET_KEY_TYPE = 4;
  private static final int NFTA_SET_KEY_LEN = 5;
  private static final int NFTA_SET_DATA_TYPE = 6;
  private static final int NFTA_SET_DATA_LEN = 7;
  private static final int NFTA_SET_ID = 10;
  private static final int NFTA_SET_USERDATA = 13;

  private static final int NFTA_SET_ELEM_LIST_TABLE = 1;
  private static final int NFTA_SET_ELEM_LIST_SET = 2;
  private static final int NFTA_SET_ELEM_LIST_ELEMENTS = 3;

  private static final int NFT_SET_MAP = 8;

  /// `enum nft_set_flags`, those that a user asks for.
  public enum Flag {
    /// Elements are ranges.
    INTERVAL(4);

    private final int bit;

    Flag(int bit) {
      this.bit = bit;
    }
  }

  public NamedSet {
    key = List.copyOf(key);
    value = List.copyOf(value);
    flags = Set.copyOf(flags);
  }

  /// Return a set without values.
  public static NamedSet of(Table table, String name, DataType... key) {
    return new NamedSet(table, name, List.of(key), List.of(), Set.of());
  }

  /// Return a set of ranges.
  public static NamedSet ofIntervals(Table table, String name, DataType key) {
    return new NamedSet(table, name, List.of(key), List.of(), Set.of(Flag.INTERVAL));
  }

  /// Return a map.
  public static NamedSet map(Table table, String name, List<DataType> key, List<DataType> value) {
    return new NamedSet(table, name, key, value, Set.of());
  }

  /// Return the message that makes the set unless it is there: `add set TABLE NAME { … }`.
  ///
  /// @param id a number that no other new set of the batch has
  public Request add(int id) {
    int bits = value.isEmpty() ? 0 : NFT_SET_MAP;
    for (var flag : flags) {
      bits |= flag.bit;
    }
    var body =
        body()
            .be32(NFTA_SET_FLAGS, bits)
            .be32(NFTA_SET_KEY_TYPE, DataType.number(key))
            .be32(NFTA_SET_KEY_LEN, DataType.length(key))
            .be32(NFTA_SET_ID, id)
            .bytes(NFTA_SET_USERDATA, DataType.userdata(key));
    if (!value.isEmpty()) {
      body.be32(NFTA_SET_DATA_TYPE, DataType.number(value))
          .be32(NFTA_SET_DATA_LEN, DataType.length(value));
    }
    return Nfnetlink.request(
        "NFT_MSG_NEWSET", NFT_MSG_NEWSET, toString(), Request.NLM_F_CREATE, body);
  }

  /// Return the message that deletes the set, which no rule may use: `delete set TABLE NAME`.
  public Request delete() {
    return Nfnetlink.request("NFT_MSG_DELSET", NFT_MSG_DELSET, toString(), 0, body());
  }

  /// Return the message that adds elements; those that are there already stay.
  public Request add(List<Element> elements) {
    return Nfnetlink.request(
        "NFT_MSG_NEWSETELEM",
        NFT_MSG_NEWSETELEM,
        "in " + this,
        Request.NLM_F_CREATE,
        elementsBody(elements));
  }

  /// Return the message that deletes elements; ENOENT where one is not there.
  public Request delete(List<Element> elements) {
    return Nfnetlink.request(
        "NFT_MSG_DELSETELEM", NFT_MSG_DELSETELEM, "in " + this, 0, elementsBody(elements));
  }

  Request listElements() {
    return Nfnetlink.request(
        "NFT_MSG_GETSETELEM", NFT_MSG_GETSETELEM, "of " + this, 0, elementListBody());
  }

  static Request list(Table table) {
    return Nfnetlink.request(
        "NFT_MSG_GETSET",
        NFT_MSG_GETSET,
        "of " + table,
        0,
        Nfnetlink.body(table.family()).string(NFTA_SET_TABLE, table.name()));
  }

  static String parseName(Message message) throws SyscallException {
    return message.attributes(Nfnetlink.HEADER).string(NFTA_SET_NAME).orElse("");
  }

  static List<Element> parseElements(Message message) throws SyscallException {
    var elements = new ArrayList<Element>();
    var list = message.attributes(Nfnetlink.HEADER).nested(NFTA_SET_ELEM_LIST_ELEMENTS);
    for (var element : list.all(Rule.NFTA_LIST_ELEM)) {
      elements.add(Element.parse(element));
    }
    return elements;
  }

  private Body elementsBody(List<Element> elements) {
    return elementListBody()
        .nested(
            NFTA_SET_ELEM_LIST_ELEMENTS,
            list -> elements.forEach(e -> list.nested(Rule.NFTA_LIST_ELEM, e::write)));
  }

  private Body elementListBody() {
    return Nfnetlink.body(table.family())
        .string(NFTA_SET_ELEM_LIST_TABLE, table.name())
        .string(NFTA_SET_ELEM_LIST_SET, name);
  }

  private Body body() {
    return Nfnetlink.body(table.family())
        .string(NFTA_SET_TABLE, table.name())
        .string(NFTA_SET_NAME, name);
  }

  @Override
  public String toString() {
    return (value.isEmpty() ? "set " : "map ") + name + " of " + table;
  }
}
