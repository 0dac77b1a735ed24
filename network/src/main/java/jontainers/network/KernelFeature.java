package jontainers.network;

import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import org.jspecify.annotations.Nullable;

/// The kernel's options that networking needs, and how their absence looks.
///
/// The errno alone misleads (EOPNOTSUPP, ENOENT), so each is known by call and object.
enum KernelFeature {
  NETWORK_NAMESPACES("network namespaces", "CONFIG_NET_NS", ""),
  BRIDGE("bridges", "CONFIG_BRIDGE", "bridge"),
  VETH("veth links", "CONFIG_VETH", "veth"),
  NETFILTER_NETLINK("netfilter over netlink", "CONFIG_NETFILTER_NETLINK", "nfnetlink"),
  NF_TABLES("nf_tables", "CONFIG_NF_TABLES", "nf_tables"),
  NF_TABLES_INET("nf_tables for inet", "CONFIG_NF_TABLES_INET", "nf_tables"),
  NF_TABLES_BRIDGE("nf_tables for bridges", "CONFIG_NF_TABLES_BRIDGE", "nf_tables"),
  NFT_CT("connections in nf_tables", "CONFIG_NFT_CT", "nft_ct"),
  NFT_NAT("NAT in nf_tables", "CONFIG_NFT_NAT", "nft_chain_nat"),
  NFT_MASQ("masquerading in nf_tables", "CONFIG_NFT_MASQ", "nft_masq");

  private final String text;
  private final String option;
  private final String module;

  KernelFeature(String text, String option, String module) {
    this.text = text;
    this.option = option;
    this.module = module;
  }

  /// Return the feature whose absence an error shows; empty for any other error.
  static Optional<KernelFeature> missing(SyscallException e) {
    return Optional.ofNullable(
        switch (e.errno()) {
          case EOPNOTSUPP -> unsupported(e);
          case ENOENT -> unknown(e);
          case EPROTONOSUPPORT -> e.call().equals("socket") ? NETFILTER_NETLINK : null;
          case EAFNOSUPPORT -> e.call().equals("NFT_MSG_NEWTABLE") ? family(e) : null;
          case EINVAL -> invalid(e);
          default -> null;
        });
  }

  /// Turn an error into one that names the deed, and the missing option where there is one.
  static NetworkException explain(String deed, SyscallException e) {
    String message = "cannot " + deed + ": ";
    return missing(e)
        .map(feature ->
            new NetworkException(
                NetworkException.Reason.UNSUPPORTED,
                message + "the kernel has no " + feature.text + ": " + e.getMessage(),
                feature.hint(),
                e))
        .orElseGet(() ->
            new NetworkException(
                NetworkException.Reason.SYSTEM,
                message + e.getMessage(),
                e.errno() == Errno.EPERM ? "networks need root (CAP_NET_ADMIN)" : "",
                e));
  }

  private String hint() {
    return "the kernel needs " + option + (module.isEmpty() ? "" : " (modprobe " + module + ")");
  }

  private static @Nullable KernelFeature unsupported(SyscallException e) {
    return switch (e.call()) {
      case "RTM_NEWLINK" ->
          e.object().startsWith("bridge ") ? BRIDGE : e.object().startsWith("veth ") ? VETH : null;
      case "NFNL_MSG_BATCH_BEGIN" -> NF_TABLES;
      case "NFT_MSG_NEWTABLE" -> family(e);
      default -> null;
    };
  }

  /// nf_tables answers ENOENT for a chain type and an expression that it does not know.
  private static @Nullable KernelFeature unknown(SyscallException e) {
    boolean nat = e.object().contains("chain " + Firewall.POSTROUTING);
    return switch (e.call()) {
      case "NFT_MSG_NEWCHAIN" -> nat ? NFT_NAT : family(e);
      case "NFT_MSG_NEWRULE" -> nat ? NFT_MASQ : inet(e) ? NFT_CT : null;
      default -> null;
    };
  }

  private static KernelFeature family(SyscallException e) {
    return e.object().contains(SourceGuard.TABLE.toString()) ? NF_TABLES_BRIDGE : NF_TABLES_INET;
  }

  private static boolean inet(SyscallException e) {
    return e.object().contains(Firewall.TABLE.toString());
  }

  /// nfnetlink answers EINVAL where no one serves the subsystem (`nfnetlink_rcv_msg`).
  private static @Nullable KernelFeature invalid(SyscallException e) {
    if (e.call().equals("unshare")) {
      return NETWORK_NAMESPACES;
    }
    return e.call().startsWith("NFT_MSG_GET") ? NF_TABLES : null;
  }
}
