package io.openib.wireup.oob;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.openib.wireup.PeerName;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection. While it is dialled it keeps the last message, which says all that there is to say. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close ends in channelInactive
final class PeerLink {
    private final @Nullable Round round;
    private @Nullable PeerModule far;
    private @Nullable Channel channel;
    private byte @Nullable [] waiting;
    private boolean isClosing;

    private PeerLink(@Nullable PeerModule far, @Nullable Round round) {
        this.far = far;
        this.round = round;
    }

    static PeerLink dialled(PeerName peer, Round round) {
        return new PeerLink(new PeerModule(peer, round.module()), round);
    }

    static PeerLink accepted(Channel channel) {
        PeerLink link = new PeerLink(null, null);
        link.channel = channel;
        return link;
    }

    boolean isDialledHere() {
        return round != null;
    }

    /** Null unless it is dialled here. */
    @Nullable
    Round round() {
        return round;
    }

    /** Null until one has shown itself. */
    @Nullable
    PeerModule far() {
        return far;
    }

    void far(PeerModule shown) {
        far = shown;
    }

    void send(byte[] message) {
        Channel open = channel;
        if (open == null) {
            waiting = message;
        } else if (open.isWritable()) {
            open.writeAndFlush(Unpooled.wrappedBuffer(message));
        } else {
            open.close(); // no peer leaves so many answers unread
        }
    }

    /** The dialling succeeded. */
    void onOpen(Channel opened, int remoteModule) {
        channel = opened;
        opened.write(Unpooled.wrappedBuffer(Frames.prelude(remoteModule)));
        if (waiting != null) {
            opened.write(Unpooled.wrappedBuffer(waiting));
            waiting = null;
        }
        opened.flush();
        if (isClosing) {
            close();
        }
    }

    /** Another one takes its place. What was sent here is out or goes there. */
    void handOverTo(PeerLink other) {
        byte[] last = waiting;
        waiting = null;
        if (last != null) {
            other.send(last);
        }
        if (isDialledHere() || !other.isDialledHere()) {
            close();
        }
    }

    /** Whether it is still dialled. */
    boolean isPending() {
        return channel == null;
    }

    /** Whether its connection has ended. */
    boolean isGone() {
        Channel open = channel;
        return open != null && !open.isActive();
    }

    /** Closes when what was written is out. */
    void close() {
        isClosing = true;
        Channel open = channel;
        if (open != null) {
            open.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
