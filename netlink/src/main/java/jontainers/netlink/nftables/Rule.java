package jontainers.netlink.nftables;

import java.nio.charset.StandardCharsets;
import java.util.List;
import jontainers.netlink.Body;
import jontainers.netlink.Request;

/// A rule to append to a chain: expressions that are evaluated in order until one does not match.
///
/// @param comment shown by `nft list ruleset`; may be empty
public record Rule(Chain chain, List<Expression> expressions, String comment) {
  static final int NFTA_RULE_TABLE = 1;
  static final int NFTA_RULE_CHAIN = 2;
  static final int NFTA_RULE_HANDLE = 3;
  static final int NFTA_RULE_EXPRESSIONS = 4;
  static final int NFTA_RULE_USERDATA = 7;

  static final int NFTA_LIST_ELEM = 1;
  static final int NFTA_EXPR_NAME = 1;
  private static final int NFTA_EXPR_DATA = 2;

  /// The comment's type among what `nft` itself keeps with a rule (libnftnl, NFTNL_UDATA_RULE_…).
  static final byte UDATA_COMMENT = 0;

  private static final int NFT_MSG_NEWRULE = 6;
  private static final int NFT_MSG_DELRULE = 8;
  private static final int MAX_COMMENT = 127;

  public Rule {
    expressions = List.copyOf(expressions);
    if (comment.getBytes(StandardCharsets.UTF_8).length > MAX_COMMENT) {
      throw new IllegalArgumentException("a comment of more than " + MAX_COMMENT + " bytes");
    }
  }

  /// Return the message that appends the rule: `add rule TABLE CHAIN …`.
  ///
  /// ENOENT where the kernel lacks an expression (`masq` without CONFIG_NFT_MASQ) or a set.
  public Request add() {
    var body =
        body(chain)
            .nested(
                NFTA_RULE_EXPRESSIONS,
                list -> expressions.forEach(e -> list.nested(NFTA_LIST_ELEM, x -> write(e, x))));
    if (!comment.isEmpty()) {
      body.bytes(NFTA_RULE_USERDATA, userdata());
    }
    return Nfnetlink.request(
        "NFT_MSG_NEWRULE",
        NFT_MSG_NEWRULE,
        "in " + chain,
        Request.NLM_F_CREATE | Request.NLM_F_APPEND,
        body);
  }

  /// Return the message that deletes one rule of a chain: `delete rule TABLE CHAIN handle HANDLE`.
  public static Request delete(Chain chain, long handle) {
    return Nfnetlink.request(
        "NFT_MSG_DELRULE",
        NFT_MSG_DELRULE,
        "handle " + handle + " in " + chain,
        0,
        body(chain).be64(NFTA_RULE_HANDLE, handle));
  }

  static Request deleteAll(Chain chain) {
    return Nfnetlink.request("NFT_MSG_DELRULE", NFT_MSG_DELRULE, "all in " + chain, 0, body(chain));
  }

  private static Body body(Chain chain) {
    return Nfnetlink.body(chain.table().family())
        .string(NFTA_RULE_TABLE, chain.table().name())
        .string(NFTA_RULE_CHAIN, chain.name());
  }

  private static void write(Expression expression, Body body) {
    var _ =
        body.string(NFTA_EXPR_NAME, expression.name()).nested(NFTA_EXPR_DATA, expression::write);
  }

  /// Type, length, value; the value ends in NUL.
  private byte[] userdata() {
    byte[] text = comment.getBytes(StandardCharsets.UTF_8);
    var bytes = new byte[text.length + 3];
    bytes[0] = UDATA_COMMENT;
    bytes[1] = (byte) (text.length + 1);
    System.arraycopy(text, 0, bytes, 2, text.length);
    return bytes;
  }
}
