package io.openib.verbs.soft.cm;

import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;

/** A process of its own that connects, or listens and accepts, tells so in a line, and waits to be killed. */
final class CmPeerProcess {
    private CmPeerProcess() {}

    /**
     * Connects or listens once, says so, and stays until it is killed.
     *
     * @param arguments {@code connect PORT}, or {@code listen}
     */
    public static void main(String[] arguments) throws InterruptedException {
        try (CmSide side = new CmSide(99)) {
            if (arguments[0].equals("connect")) {
                CmId active = side.resolved(Integer.parseInt(arguments[1]));
                active.connect(CmSide.parameters(900));
                side.expect(CmEventType.CONNECT_RESPONSE, active);
                active.establish();
            } else {
                System.out.println(CmSide.portOf(side.listen()));
                side.expect(CmEventType.CONNECT_REQUEST).id().accept(CmSide.parameters(901));
                side.expect(CmEventType.ESTABLISHED);
            }
            System.out.println("connected");
            Thread.sleep(60_000);
        }
    }
}
