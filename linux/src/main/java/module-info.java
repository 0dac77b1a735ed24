/// System calls, kernel objects and the syscall proxy.
///
/// Requires nothing but the JDK. The only module that may call restricted methods of
/// `java.lang.foreign` (`--enable-native-access=jontainers.linux`). It knows no container: every
/// type here is a noun of the kernel's manual.
@org.jspecify.annotations.NullMarked
module jontainers.linux {
  requires static org.jspecify;

  exports jontainers.linux;
  exports jontainers.linux.proxy;
  exports jontainers.linux.seccomp;
}
