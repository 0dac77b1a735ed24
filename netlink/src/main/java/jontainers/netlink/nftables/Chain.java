package jontainers.netlink.nftables;

import java.util.Optional;
import jontainers.linux.SyscallException;
import jontainers.netlink.Attributes;
import jontainers.netlink.Body;
import jontainers.netlink.Message;
import jontainers.netlink.Request;

/// A chain of rules.
///
/// @param hook empty for a chain that others jump to
public record Chain(Table table, String name, Optional<BaseHook> hook) {
  private static final int NFT_MSG_NEWCHAIN = 3;
  private static final int NFT_MSG_GETCHAIN = 4;
  private static final int NFT_MSG_DELCHAIN = 5;

  private static final int NFTA_CHAIN_TABLE = 1;
  private static final int NFTA_CHAIN_NAME = 3;
  private static final int NFTA_CHAIN_HOOK = 4;
  private static final int NFTA_CHAIN_POLICY = 5;
  private static final int NFTA_CHAIN_TYPE = 7;

  private static final int NFTA_HOOK_HOOKNUM = 1;
  private static final int NFTA_HOOK_PRIORITY = 2;

  /// Return the message that makes the chain unless it is there: `add chain TABLE NAME { … }`.
  ///
  /// ENOENT where the kernel does not know the hook's type (`nat` without CONFIG_NFT_NAT).
  public Request add() {
    var body = body();
    hook.ifPresent(h ->
        body.nested(
                NFTA_CHAIN_HOOK,
                nest ->
                    nest.be32(NFTA_HOOK_HOOKNUM, h.hook().number())
                        .be32(NFTA_HOOK_PRIORITY, h.priority()))
            .be32(NFTA_CHAIN_POLICY, h.policy().number())
            .string(NFTA_CHAIN_TYPE, h.type()));
    return Nfnetlink.request(
        "NFT_MSG_NEWCHAIN", NFT_MSG_NEWCHAIN, toString(), Request.NLM_F_CREATE, body);
  }

  /// Return the message that deletes the chain, which must be empty: `delete chain TABLE NAME`.
  public Request delete() {
    return Nfnetlink.request("NFT_MSG_DELCHAIN", NFT_MSG_DELCHAIN, toString(), 0, body());
  }

  /// Return the message that deletes all rules of the chain: `flush chain TABLE NAME`.
  public Request flush() {
    return Rule.deleteAll(this);
  }

  static Request list() {
    return Nfnetlink.request(
        "NFT_MSG_GETCHAIN", NFT_MSG_GETCHAIN, "of all tables", 0, Nfnetlink.body(0));
  }

  /// Empty for hooks of families that have others (netdev), and for unknown families.
  static Optional<Chain> parse(Message message) throws SyscallException {
    var attributes = message.attributes(Nfnetlink.HEADER);
    var family = Family.of(message.header(Nfnetlink.HEADER).get(0));
    var name = attributes.string(NFTA_CHAIN_NAME).orElse("");
    if (family.isEmpty()) {
      return Optional.empty();
    }
    var table = new Table(family.get(), attributes.string(NFTA_CHAIN_TABLE).orElse(""));
    if (!attributes.has(NFTA_CHAIN_HOOK)) {
      return Optional.of(new Chain(table, name, Optional.empty()));
    }
    return hook(attributes).map(hook -> new Chain(table, name, Optional.of(hook)));
  }

  private static Optional<BaseHook> hook(Attributes attributes) throws SyscallException {
    var nest = attributes.nested(NFTA_CHAIN_HOOK);
    var place = BaseHook.Hook.of(nest.be32(NFTA_HOOK_HOOKNUM).orElse(-1));
    // Absent where the chain's policy is accept and was never set.
    var policy = attributes.be32(NFTA_CHAIN_POLICY);
    var decided =
        policy.isPresent()
            ? BaseHook.Policy.of(policy.getAsInt())
            : Optional.of(BaseHook.Policy.ACCEPT);
    if (place.isEmpty() || decided.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new BaseHook(
            attributes.string(NFTA_CHAIN_TYPE).orElse(""),
            place.get(),
            nest.be32(NFTA_HOOK_PRIORITY).orElse(0),
            decided.get()));
  }

  private Body body() {
    return Nfnetlink.body(table.family())
        .string(NFTA_CHAIN_TABLE, table.name())
        .string(NFTA_CHAIN_NAME, name);
  }

  @Override
  public String toString() {
    return "chain " + name + " of " + table;
  }
}
