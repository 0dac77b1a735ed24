package jontainers.netlink.nftables;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.Errno;
import jontainers.linux.Socket;
import jontainers.linux.SyscallException;
import jontainers.netlink.NetlinkSocket;
import jontainers.netlink.Request;

/// Ask for and change the packet filter of one network namespace. Safe for any thread.
public final class NftablesSocket implements AutoCloseable {
  private static final int NFT_MSG_GETGEN = 16;
  private static final int NFTA_GEN_ID = 1;

  private final NetlinkSocket socket;

  private NftablesSocket(NetlinkSocket socket) {
    this.socket = socket;
  }

  /// Open a socket to the calling thread's network namespace.
  ///
  /// @throws SyscallException EPROTONOSUPPORT without CONFIG_NETFILTER_NETLINK
  public static NftablesSocket open() throws SyscallException {
    return new NftablesSocket(
        NetlinkSocket.open(Socket.NETLINK_NETFILTER, "netlink netfilter socket"));
  }

  /// Apply requests as one transaction: all of them or none, for every packet at the same moment.
  ///
  /// @throws SyscallException the first error, named after its request; EOPNOTSUPP on
  ///   NFNL_MSG_BATCH_BEGIN without CONFIG_NF_TABLES
  public void commit(List<Request> requests) throws SyscallException {
    commit(0, requests);
  }

  /// Apply requests if nobody has changed the ruleset since a generation.
  ///
  /// @param generation from [#generation], read before what the requests were decided on
  /// @throws SyscallException ERESTART when somebody has: read again (Linux 4.12)
  public void commit(int generation, List<Request> requests) throws SyscallException {
    socket.transact(Nfnetlink.begin(generation), requests, Nfnetlink.end());
  }

  /// Return the number of the ruleset's current state, which each change increases.
  public int generation() throws SyscallException {
    var request =
        Nfnetlink.request("NFT_MSG_GETGEN", NFT_MSG_GETGEN, "of nf_tables", 0, Nfnetlink.body(0));
    var messages = socket.exchange(request);
    if (messages.isEmpty()) {
      throw new SyscallException("NFT_MSG_GETGEN", "of nf_tables", Errno.EPROTO, "no answer");
    }
    return messages.getFirst().attributes(Nfnetlink.HEADER).be32(NFTA_GEN_ID).orElse(0);
  }

  /// Return the tables of all families.
  public List<Table> tables() throws SyscallException {
    var tables = new ArrayList<Table>();
    for (var message : socket.dump(Table.list())) {
      Table.parse(message).ifPresent(tables::add);
    }
    return List.copyOf(tables);
  }

  /// Return the chains of all tables.
  public List<Chain> chains() throws SyscallException {
    var chains = new ArrayList<Chain>();
    for (var message : socket.dump(Chain.list())) {
      Chain.parse(message).ifPresent(chains::add);
    }
    return List.copyOf(chains);
  }

  /// Return the rules of a table, in the order of their evaluation within each chain.
  public List<InstalledRule> rules(Table table) throws SyscallException {
    var rules = new ArrayList<InstalledRule>();
    for (var message : socket.dump(InstalledRule.list(table))) {
      rules.add(InstalledRule.parse(table, message));
    }
    return List.copyOf(rules);
  }

  /// Return the names of a table's sets and maps.
  public List<String> sets(Table table) throws SyscallException {
    var names = new ArrayList<String>();
    for (var message : socket.dump(NamedSet.list(table))) {
      names.add(NamedSet.parseName(message));
    }
    return List.copyOf(names);
  }

  /// Return the elements of a set or map; none where it or its table does not exist.
  public List<Element> elements(NamedSet set) throws SyscallException {
    var elements = new ArrayList<Element>();
    for (var message : socket.dump(set.listElements().tolerating(Errno.ENOENT))) {
      elements.addAll(NamedSet.parseElements(message));
    }
    return List.copyOf(elements);
  }

  @Override
  public void close() {
    socket.close();
  }
}
