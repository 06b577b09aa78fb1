package io.openib.wireup.oob;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.openib.wireup.PortRange;
import io.openib.wireup.WireupRefusedException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one listener of a process, for all its modules, and the one thread of this scheme. Who connects and does not show within
 * a time that it is a peer is dropped, and of those only so many are kept at a time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close ends in channelInactive
final class OobListener {
    private static final Logger LOG = LoggerFactory.getLogger(OobListener.class);
    private static final int BACKLOG = 1024;
    private static final int MAX_UNKNOWN = 256;
    private static final long HELLO_TIMEOUT_MS = 5_000;
    private static final long STOP_TIMEOUT_MS = 1_000;
    /** A few hundred bytes now and then are not worth a pool, and netty's takes a cold process some 50 ms to set up. */
    private static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false);

    private final EventLoopGroup group;
    private final EventLoop loop;
    /** All that is open. */
    private final ChannelGroup channels;

    private final Map<Integer, OobModule> modules = new ConcurrentHashMap<>();
    private final SecureRandom numbers = new SecureRandom();
    /** Accepted connections that have not shown who they are, oldest first. Event loop only. */
    private final Map<LinkHandler, Channel> unknown = new LinkedHashMap<>();
    /** The timers of those. Event loop only. */
    private final Map<LinkHandler, Runnable> timers = new HashMap<>();

    private final AcceptFailures acceptFailures = new AcceptFailures();

    private volatile int tcpPort;

    private OobListener(EventLoopGroup group) {
        this.group = group;
        this.loop = group.next();
        this.channels = new DefaultChannelGroup(loop, true);
    }

    /**
     * Listens.
     *
     * @param address to bind to
     * @param ports of which the first free one is taken
     * @throws WireupRefusedException if none is free
     */
    static OobListener open(InetAddress address, PortRange ports) throws WireupRefusedException {
        OobListener listener = new OobListener(eventLoop());
        try {
            listener.bind(address, ports);
            return listener;
        } catch (WireupRefusedException e) {
            listener.close();
            throw e;
        }
    }

    /** Of the one kind that netty 4.1 has, too: programs bring theirs. */
    @SuppressWarnings("deprecation")
    private static EventLoopGroup eventLoop() {
        return new NioEventLoopGroup(1, work -> {
            Thread thread = new Thread(work, "openib-oob");
            thread.setDaemon(true);
            return thread;
        });
    }

    private void bind(InetAddress address, PortRange ports) throws WireupRefusedException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, ALLOCATOR)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        onAccepted(channel);
                    }
                });
        String last = "";
        for (int port = ports.first(); port <= ports.last(); port++) {
            ChannelFuture bound = bootstrap.bind(address, port).awaitUninterruptibly();
            if (bound.isSuccess()) {
                channels.add(bound.channel());
                bound.channel().pipeline().addLast(acceptFailures);
                tcpPort = ((InetSocketAddress) bound.channel().localAddress()).getPort();
                return;
            }
            last = String.valueOf(bound.cause().getMessage());
        }
        throw new WireupRefusedException("cannot listen on TCP port " + ports + " of " + address.getHostAddress() + ": "
                + last + "; set btl_openib_connect_oob_port to a free port, a range such as 5000-5100, or 0 for any");
    }

    EventLoop loop() {
        return loop;
    }

    int tcpPort() {
        return tcpPort;
    }

    int register(OobModule module) {
        int number = numbers.nextInt();
        while (modules.putIfAbsent(number, module) != null) {
            number = numbers.nextInt();
        }
        return number;
    }

    void unregister(int number) {
        modules.remove(number);
    }

    boolean isUnused() {
        return modules.isEmpty();
    }

    @Nullable
    OobModule module(int number) {
        return modules.get(number);
    }

    private void onAccepted(SocketChannel channel) {
        acceptFailures.end();
        channels.add(channel);
        LinkHandler handler = LinkHandler.accepting(this, PeerLink.accepted(channel));
        watch(handler, channel);
        channel.pipeline().addLast(handler);
    }

    private void watch(LinkHandler handler, Channel channel) {
        if (unknown.size() >= MAX_UNKNOWN) {
            LinkHandler oldest = unknown.keySet().iterator().next();
            LOG.debug("More than {} connections of nobody known: the oldest is dropped", MAX_UNKNOWN);
            drop(oldest);
        }
        unknown.put(handler, channel);
        var timer = loop.schedule(() -> drop(handler), HELLO_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        timers.put(handler, () -> timer.cancel(false));
    }

    private void drop(LinkHandler handler) {
        Channel channel = forget(handler);
        if (channel != null) {
            channel.close();
        }
    }

    private @Nullable Channel forget(LinkHandler handler) {
        Runnable timer = timers.remove(handler);
        if (timer != null) {
            timer.run();
        }
        return unknown.remove(handler);
    }

    /** It is a peer, which gets the time that its attempts can take. */
    void onAuthentic(LinkHandler handler, long lifetimeMs) {
        if (unknown.containsKey(handler)) {
            Channel channel = Objects.requireNonNull(forget(handler));
            var timer = loop.schedule((Runnable) channel::close, lifetimeMs, TimeUnit.MILLISECONDS);
            timers.put(handler, () -> timer.cancel(false));
        }
    }

    /** What it has said may have been recorded: it is unknown again, if it was accepted here and is open. */
    void onStale(LinkHandler handler, Channel channel) {
        if (timers.containsKey(handler) && !unknown.containsKey(handler)) {
            forget(handler);
            watch(handler, channel);
        }
    }

    void onClosed(LinkHandler handler) {
        forget(handler);
    }

    /** Dials the address whose turn it is for a module. Event loop only. */
    void dial(OobModule module, PeerLink link, Round round, int timeoutMs) {
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.ALLOCATOR, ALLOCATOR)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMs)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channels.add(channel);
                        channel.pipeline().addLast(LinkHandler.dialling(OobListener.this, link, module));
                    }
                })
                .connect(round.address())
                .addListener((ChannelFuture done) -> {
                    if (done.isSuccess()) {
                        link.onOpen(done.channel(), round.module());
                    } else {
                        if (isRefused(done.cause())) {
                            round.noteRefusal();
                        }
                        module.onUnreachable(link, round, describe(done.cause(), timeoutMs));
                    }
                });
    }

    private static boolean isRefused(Throwable cause) {
        return cause instanceof ConnectException && !(cause instanceof ConnectTimeoutException);
    }

    private static String describe(Throwable cause, int timeoutMs) {
        if (cause instanceof ConnectTimeoutException) {
            return "no answer within " + timeoutMs + " ms (TCP)";
        }
        Throwable plain = cause.getCause() == null ? cause : cause.getCause(); // without the address that netty adds
        return plain.getMessage() + " (TCP)";
    }

    /**
     * Ends all that is open, then the thread, and leaves none of netty's; bounded by a second. netty 4.2 closes what a loop that
     * ends has open, but often lets go of it before the selector has, so that the sockets stay.
     */
    void close() {
        ChannelGroupFuture closed = channels.close();
        if (!loop.inEventLoop()) {
            closed.awaitUninterruptibly(STOP_TIMEOUT_MS / 2);
        }
        // It is told by a thread of netty's that is no daemon, and would wait a second for more to tell.
        group.terminationFuture().addListener(ended -> Thread.currentThread().interrupt());
        group.shutdownGracefully(0, STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        if (!loop.inEventLoop()) {
            group.terminationFuture().awaitUninterruptibly(STOP_TIMEOUT_MS / 2);
        }
    }
}
