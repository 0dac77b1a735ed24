package jontainers.netlink.nftables;

import java.util.Optional;
import jontainers.linux.SyscallException;
import jontainers.netlink.Body;
import jontainers.netlink.Message;
import jontainers.netlink.Request;

/// A table: `table inet jontainers`.
public record Table(Family family, String name) {
  private static final int NFT_MSG_NEWTABLE = 0;
  private static final int NFT_MSG_GETTABLE = 1;
  private static final int NFT_MSG_DELTABLE = 2;

  private static final int NFTA_TABLE_NAME = 1;

  /// Return the message that makes the table unless it is there: `add table inet NAME`.
  public Request add() {
    return Nfnetlink.request(
        "NFT_MSG_NEWTABLE", NFT_MSG_NEWTABLE, toString(), Request.NLM_F_CREATE, body());
  }

  /// Return the message that deletes the table with all that is in it: `delete table inet NAME`.
  public Request delete() {
    return Nfnetlink.request("NFT_MSG_DELTABLE", NFT_MSG_DELTABLE, toString(), 0, body());
  }

  static Request list() {
    return Nfnetlink.request(
        "NFT_MSG_GETTABLE", NFT_MSG_GETTABLE, "of all families", 0, Nfnetlink.body(0));
  }

  static Optional<Table> parse(Message message) throws SyscallException {
    var attributes = message.attributes(Nfnetlink.HEADER);
    return Family.of(message.header(Nfnetlink.HEADER).get(0))
        .map(family -> new Table(family, attributes.string(NFTA_TABLE_NAME).orElse("")));
  }

  private Body body() {
    return Nfnetlink.body(family).string(NFTA_TABLE_NAME, name);
  }

  @Override
  public String toString() {
    return "table " + family.word() + " " + name;
  }
}
