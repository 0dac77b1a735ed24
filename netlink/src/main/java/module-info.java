/// rtnetlink and nf_tables messages: links, addresses, routes, and the packet filter's tables.
///
/// Requires `linux` for sockets and errors. Nouns of the kernel's headers as records, each of which
/// can be asked for the message that adds or deletes it; nothing here knows a container, decides on
/// names or keeps state. The kernel's answers are parsed as if they came from an enemy.
@org.jspecify.annotations.NullMarked
module jontainers.netlink {
  requires static org.jspecify;
  requires transitive jontainers.linux;

  exports jontainers.netlink;
  exports jontainers.netlink.nftables;
  exports jontainers.netlink.route;
}
