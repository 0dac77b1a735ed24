/// A client of systemd: its manager's methods over D-Bus, spoken on a unix socket.
///
/// [jontainers.runtime.systemd.Systemd] is what others use; below it are the messages of the D-Bus
/// specification as far as systemd needs them, and what systemd's names and texts look like. It
/// knows nothing of containers.
package jontainers.runtime.systemd;
