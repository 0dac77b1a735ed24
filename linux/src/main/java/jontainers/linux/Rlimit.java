package jontainers.linux;

/// The resources that can be limited: getrlimit(2), numbers of asm-generic/resource.h.
public enum Rlimit {
  RLIMIT_CPU,
  RLIMIT_FSIZE,
  RLIMIT_DATA,
  RLIMIT_STACK,
  RLIMIT_CORE,
  RLIMIT_RSS,
  RLIMIT_NPROC,
  RLIMIT_NOFILE,
  RLIMIT_MEMLOCK,
  RLIMIT_AS,
  RLIMIT_LOCKS,
  RLIMIT_SIGPENDING,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_RTPRIO,
  RLIMIT_RTTIME;

  /// Return the kernel's number.
  @SuppressWarnings("EnumOrdinal") // the order is that of the kernel's header
  public int number() {
    return ordinal();
  }
}
