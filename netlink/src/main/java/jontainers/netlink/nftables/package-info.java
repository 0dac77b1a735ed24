/// nf_tables: tables, chains, rules, sets and maps, changed in atomic batches.
///
/// One record per noun of include/uapi/linux/netfilter/nf_tables.h, and one per kernel expression;
/// each stands beside the line of nft(8) that it is. Nothing shells out to `nft`.
package jontainers.netlink.nftables;
