package jontainers.network;

import java.net.InetAddress;
import jontainers.netlink.route.MacAddress;

/// What one container may call itself on its link: the addresses that it was given.
///
/// @param link the host's end, the port of the bridge
record Attachment(String link, MacAddress mac, InetAddress address) {}
