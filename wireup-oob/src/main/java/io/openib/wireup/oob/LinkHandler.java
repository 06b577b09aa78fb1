package io.openib.wireup.oob;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.openib.wireup.HandshakeFormatException;
import io.openib.wireup.HandshakeMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one TCP connection, and ends it at the first thing that no peer would send. The next message is read when the control
 * thread is done with the one before, so that nobody fills that thread's queue. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close ends in channelInactive
final class LinkHandler extends ChannelInboundHandlerAdapter implements Frames.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(LinkHandler.class);

    private final OobListener listener;
    private final PeerLink link;
    private final Frames frames;
    private @Nullable OobModule module;
    private boolean isAuthentic;
    private boolean isPeer;
    private boolean isBusy;
    private @Nullable Channel channel;
    /** What came behind the message that is dealt with. */
    private ByteBuf rest = Unpooled.EMPTY_BUFFER;

    private String end;

    private LinkHandler(OobListener listener, PeerLink link, @Nullable OobModule module) {
        this.listener = listener;
        this.link = link;
        this.module = module;
        this.frames = new Frames(this, module == null);
        this.end =
                "it closed the TCP connection before it answered; see whether it is of another job or has another secret";
    }

    /** For a connection that a module dials. */
    static LinkHandler dialling(OobListener listener, PeerLink link, OobModule module) {
        return new LinkHandler(listener, link, module);
    }

    /** For one that the listener accepted: the prelude says to which module. */
    static LinkHandler accepting(OobListener listener, PeerLink link) {
        return new LinkHandler(listener, link, null);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object data) {
        rest = rest.isReadable() ? Unpooled.wrappedBuffer(rest, (ByteBuf) data) : (ByteBuf) data;
        read(context.channel());
    }

    private void read(Channel from) {
        try {
            while (rest.isReadable() && !isBusy) {
                frames.read(rest);
            }
        } catch (HandshakeFormatException | StrangerException e) {
            LOG.debug("{} is dropped: {}", from.remoteAddress(), e.getMessage());
            end = "what it answered is no message of this job: " + e.getMessage();
            rest.skipBytes(rest.readableBytes());
            from.close();
        }
        if (!rest.isReadable()) {
            releaseRest();
        }
        from.config().setAutoRead(!isBusy);
    }

    private void releaseRest() {
        rest.release();
        rest = Unpooled.EMPTY_BUFFER;
    }

    PeerLink link() {
        return link;
    }

    /** The control thread is done with the last message. */
    void goOn() {
        isBusy = false;
        Channel open = channel;
        if (open != null && open.isActive()) {
            read(open);
        }
    }

    /** What it said is of the present: its time is that of a peer. */
    void onPeer(OobModule target) {
        isPeer = true;
        listener.onAuthentic(this, target.linkLifetimeMs());
    }

    /** What it said is of the past, and may have been recorded: as long as it says nothing else it is like one that says nothing. */
    void onPast() {
        Channel open = channel;
        if (!isPeer && open != null) {
            listener.onStale(this, open);
        }
    }

    @Override
    public void onPrelude(int number) throws StrangerException {
        OobModule found = listener.module(number);
        if (found == null) {
            throw new StrangerException("there is no module " + number);
        }
        module = found;
    }

    @Override
    public void onMessage(byte[] bytes) throws HandshakeFormatException, StrangerException {
        OobModule target = module;
        if (target == null) {
            throw new StrangerException("a message without a prelude");
        }
        HandshakeMessage message = target.codec().decode(bytes);
        PeerModule expected = link.far();
        PeerModule shown = PeerModule.of(message);
        if (expected != null && !expected.equals(shown)) {
            throw new StrangerException("it is " + shown + ", not " + expected);
        }
        if (!target.isForUs(message)) {
            throw new StrangerException("a message from " + message.source() + " to " + message.destination());
        }
        if (!message.isMeantFor(target.module())) {
            LOG.debug("A message from {} is for another module", message.source());
            return; // recorded elsewhere: it makes of nobody a peer
        }
        link.far(shown);
        if (!isAuthentic) { // while the control thread is busy, a peer is not to be dropped
            isAuthentic = true;
            listener.onAuthentic(this, target.linkLifetimeMs());
        }
        isBusy = target.onMessage(this, message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        releaseRest();
        listener.onClosed(this);
        OobModule target = module;
        if (target != null) {
            target.onClosed(link, isAuthentic, end);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("The TCP connection to {} ends: {}", context.channel().remoteAddress(), cause.toString());
        end = "the TCP connection ended: " + cause.getMessage();
        context.close();
    }
}
