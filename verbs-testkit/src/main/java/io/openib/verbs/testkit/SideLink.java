package io.openib.verbs.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;

/** A {@link Side} through a pair of streams. */
public final class SideLink implements AutoCloseable {
    private final CallLink link;
    private final Side side;

    /** The near end; the far end {@linkplain #serve serves}. */
    public SideLink(InputStream in, OutputStream out) throws IOException {
        this(new CallLink(in, out));
    }

    SideLink(CallLink link) {
        this.link = link;
        CmCalls cm = link.far(CmCalls.class);
        Side calls = link.far(Side.class);
        side = (Side) Proxy.newProxyInstance(
                Side.class.getClassLoader(), new Class<?>[] {Side.class}, (self, method, arguments) -> {
                    if (method.getReturnType() == CmCalls.class) {
                        return cm;
                    }
                    try {
                        return method.invoke(calls, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** The side at the far end. Its calls go one after the other. */
    public Side side() {
        return side;
    }

    /** Ends the far end's service. */
    @Override
    public void close() throws IOException {
        link.close();
    }

    /** Executes calls until the near end has closed. */
    public static void serve(Side side, InputStream in, OutputStream out) throws IOException {
        CallLink.serve(Map.of(Side.class, () -> side, CmCalls.class, side::cm), in, out);
    }
}
