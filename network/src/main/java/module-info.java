/// Bridges, endpoints, addresses and NAT: how containers reach each other and the world.
///
/// Requires `netlink` and `linux`; never `image` or `runtime`. It knows a container only as an
/// owner, a string. Everything that it leaves on the host (a bridge, an nf_tables table, a sysctl,
/// a veth link, an address) has its removal beside it, and a file that says whose it is.
@org.jspecify.annotations.NullMarked
module jontainers.network {
  requires static org.jspecify;
  requires transitive jontainers.linux;
  requires transitive jontainers.netlink;

  exports jontainers.network;
}
