package jontainers.oci;

/// Tell that a document is not what its OCI specification says it should be.
public final class OciFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public OciFormatException(String message) {
    super(message);
  }

  public OciFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
