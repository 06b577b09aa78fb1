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
    private final boolean isDialledHere;
    private final int remoteModule;
    private @Nullable PeerName peer;
    private @Nullable Channel channel;
    private byte @Nullable [] waiting;
    private boolean isClosing;

    private PeerLink(boolean isDialledHere, @Nullable PeerName peer, int remoteModule) {
        this.isDialledHere = isDialledHere;
        this.peer = peer;
        this.remoteModule = remoteModule;
    }

    static PeerLink dialled(PeerName peer, int remoteModule) {
        return new PeerLink(true, peer, remoteModule);
    }

    static PeerLink accepted(Channel channel) {
        PeerLink link = new PeerLink(false, null, -1);
        link.channel = channel;
        return link;
    }

    boolean isDialledHere() {
        return isDialledHere;
    }

    /** Null until one has shown itself. */
    @Nullable
    PeerName peer() {
        return peer;
    }

    void peer(PeerName name) {
        peer = name;
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
    void onOpen(Channel opened) {
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
        if (isDialledHere || !other.isDialledHere) {
            close();
        }
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
