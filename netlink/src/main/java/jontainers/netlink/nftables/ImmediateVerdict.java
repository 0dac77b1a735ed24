package jontainers.netlink.nftables;

import jontainers.netlink.Body;

/// End with a verdict: `accept`, `drop`, `jump CHAIN`.
public record ImmediateVerdict(Verdict verdict) implements Expression {
  private static final int NFT_REG_VERDICT = 0;
  private static final int NFTA_DATA_VERDICT = 2;
  private static final int NFTA_VERDICT_CODE = 1;
  private static final int NFTA_VERDICT_CHAIN = 2;

  private static final int NF_DROP = 0;
  private static final int NF_ACCEPT = 1;
  private static final int NFT_JUMP = -3;
  private static final int NFT_RETURN = -5;

  @Override
  public String name() {
    return "immediate";
  }

  @Override
  public void write(Body body) {
    var _ =
        body.be32(ImmediateValue.NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT)
            .nested(
                ImmediateValue.NFTA_IMMEDIATE_DATA,
                data -> data.nested(NFTA_DATA_VERDICT, this::writeVerdict));
  }

  private void writeVerdict(Body body) {
    var _ =
        switch (verdict) {
          case Verdict.Accept() -> body.be32(NFTA_VERDICT_CODE, NF_ACCEPT);
          case Verdict.Drop() -> body.be32(NFTA_VERDICT_CODE, NF_DROP);
          case Verdict.Return() -> body.be32(NFTA_VERDICT_CODE, NFT_RETURN);
          case Verdict.Jump(String chain) ->
              body.be32(NFTA_VERDICT_CODE, NFT_JUMP).string(NFTA_VERDICT_CHAIN, chain);
        };
  }
}
