package io.openib.btl;

/**
 * Told that it is worth while to try again what was refused with {@link BtlStatus#BACK_PRESSURE}. That is a hint and no reservation: the
 * next call may be refused again, by which another notice is due.
 *
 * <p>Whatever thread was refused by a peer, after every refusal at least one notice of that peer comes, and after several refusals
 * one may be all. It does not fail to come as long as the owner makes progress: a peer that is lost or leaves meanwhile, and a transport that is closed, give notice as well, and
 * the call that is tried again then says what has become of it ({@link BtlStatus#PEER_FAILED}, {@link BtlStatus#CLOSED}). Of a lost
 * peer {@link PeerErrorHandler} is told before.
 */
@FunctionalInterface
public interface RoomHandler {
    /**
     * Called on the owner, within {@link Btl#progress()} or {@link Btl#close()}, at most once a round for each peer. It may make calls;
     * when it is refused once more, it stops, and hears of room in a later round.
     *
     * <p>Where the refused call was another thread's, the notice may come before that call has returned, and it may be for several threads:
     * have it counted, and all of them look whether the count has changed since before their call.
     *
     * @param peer whose calls were refused
     */
    void onRoom(int peer);
}
