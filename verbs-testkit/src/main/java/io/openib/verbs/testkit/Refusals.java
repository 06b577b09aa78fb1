package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;

/** Asserts how a cold call was refused. */
final class Refusals {
    private Refusals() {}

    static VerbsException assertRefused(int errno, Runnable call) {
        Throwable thrown = catchThrowable(call::run);
        assertThat(thrown).as("refused with %s", Errno.name(errno)).isInstanceOf(VerbsException.class);
        VerbsException refusal = (VerbsException) thrown;
        assertThat(Errno.name(refusal.errno())).as(refusal.getMessage()).isEqualTo(Errno.name(errno));
        assertThat(refusal.getMessage()).doesNotContain("\n");
        return refusal;
    }
}
