package io.openib.wireup.oob;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, of several in a row once, that a peer cannot be accepted, for want of file descriptors mostly. Behind netty's own handler of
 * a server channel, which then accepts nothing for a second; whoever dials waits meanwhile. Event loop only.
 */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptFailures.class);

    private boolean isTold;

    /** Somebody has been accepted: the next failure is news again. */
    void end() {
        isTold = false;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (isTold) {
            LOG.debug("{} still accepts nobody: {}", context.channel().localAddress(), cause.getMessage());
            return;
        }
        isTold = true;
        LOG.warn(
                "No connection of a peer can be accepted at {}: {}; it is tried again each second (ulimit -n tells how many files may"
                        + " be open)",
                context.channel().localAddress(),
                cause.getMessage());
    }
}
