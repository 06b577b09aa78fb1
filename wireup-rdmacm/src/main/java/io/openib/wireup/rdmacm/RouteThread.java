package io.openib.wireup.rdmacm;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The thread that asks for the routes of one module. It is there while there is something to ask, and is one, since librdmacm
 * lets in one at a time to ask ibacm.
 */
final class RouteThread {
    private static final long IDLE_S = 5;

    private RouteThread() {}

    static Executor of(String device) {
        ThreadPoolExecutor one =
                new ThreadPoolExecutor(1, 1, IDLE_S, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "openib-rdmacm-route-" + device);
                    thread.setDaemon(true);
                    return thread;
                });
        one.allowCoreThreadTimeOut(true);
        return one;
    }
}
