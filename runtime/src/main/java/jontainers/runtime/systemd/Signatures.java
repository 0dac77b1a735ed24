package jontainers.runtime.systemd;

import java.util.ArrayList;
import java.util.List;

/// Read the names of types: D-Bus specification, "Summary of types" and "Valid Signatures".
final class Signatures {
  static final int LONGEST = 255;

  /// 32 of arrays and 32 of structs.
  static final int DEEPEST = 64;

  private Signatures() {}

  /// Divide a signature into single complete types.
  ///
  /// @throws DBusException where it is none
  static List<String> split(String signature) throws DBusException {
    if (signature.length() > LONGEST) {
      throw new DBusException("a signature is longer than " + LONGEST + " bytes");
    }
    var types = new ArrayList<String>();
    for (int at = 0; at < signature.length(); ) {
      int end = end(signature, at, 0);
      types.add(signature.substring(at, end));
      at = end;
    }
    return types;
  }

  private static int end(String signature, int at, int depth) throws DBusException {
    if (at >= signature.length() || depth > DEEPEST) {
      throw invalid(signature);
    }
    return switch (signature.charAt(at)) {
      case 'y', 'b', 'n', 'q', 'i', 'u', 'x', 't', 'd', 's', 'o', 'g', 'v', 'h' -> at + 1;
      case 'a' -> end(signature, at + 1, depth + 1);
      case '(' -> group(signature, at + 1, ')', depth + 1);
      case '{' -> group(signature, at + 1, '}', depth + 1);
      default -> throw invalid(signature);
    };
  }

  private static int group(String signature, int from, char closing, int depth)
      throws DBusException {
    int at = from;
    int count = 0;
    while (at < signature.length() && signature.charAt(at) != closing) {
      at = end(signature, at, depth);
      count++;
    }
    if (at >= signature.length() || count == 0 || (closing == '}' && count != 2)) {
      throw invalid(signature);
    }
    return at + 1;
  }

  /// Return what a value of a type begins at a multiple of.
  static int alignment(char type) {
    return switch (type) {
      case 'n', 'q' -> 2;
      case 'b', 'i', 'u', 's', 'o', 'a', 'h' -> 4;
      case 'x', 't', 'd', '(', '{' -> 8;
      default -> 1;
    };
  }

  private static DBusException invalid(String signature) {
    return new DBusException("not a signature: \"" + signature + "\"");
  }
}
