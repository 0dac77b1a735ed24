package jontainers.netlink.nftables;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jontainers.linux.SyscallException;
import jontainers.netlink.Message;
import jontainers.netlink.Request;

/// A rule that the kernel holds.
///
/// @param handle the kernel's number of it, for [Rule#delete]
/// @param comment as given to [Rule]; may be empty
/// @param expressions the names of its expressions, in order
public record InstalledRule(
    Table table, String chain, long handle, String comment, List<String> expressions) {
  private static final int NFT_MSG_GETRULE = 7;

  public InstalledRule {
    expressions = List.copyOf(expressions);
  }

  static Request list(Table table) {
    return Nfnetlink.request(
        "NFT_MSG_GETRULE",
        NFT_MSG_GETRULE,
        "of " + table,
        0,
        Nfnetlink.body(table.family()).string(Rule.NFTA_RULE_TABLE, table.name()));
  }

  static InstalledRule parse(Table table, Message message) throws SyscallException {
    var attributes = message.attributes(Nfnetlink.HEADER);
    var names = new ArrayList<String>();
    for (var e : attributes.nested(Rule.NFTA_RULE_EXPRESSIONS).all(Rule.NFTA_LIST_ELEM)) {
      names.add(e.string(Rule.NFTA_EXPR_NAME).orElse(""));
    }
    return new InstalledRule(
        table,
        attributes.string(Rule.NFTA_RULE_CHAIN).orElse(""),
        attributes.be64(Rule.NFTA_RULE_HANDLE),
        comment(attributes.bytes(Rule.NFTA_RULE_USERDATA).orElse(new byte[0])),
        names);
  }

  /// Anyone may have written the user data: take a comment that fits, else none.
  private static String comment(byte[] userdata) {
    for (int at = 0; at + 2 <= userdata.length; at += 2 + (userdata[at + 1] & 0xff)) {
      int length = userdata[at + 1] & 0xff;
      if (userdata[at] == Rule.UDATA_COMMENT && length > 0 && at + 2 + length <= userdata.length) {
        return new String(userdata, at + 2, length - 1, StandardCharsets.UTF_8);
      }
    }
    return "";
  }
}
