package io.openib.verbs.testkit;

/**
 * Every case that needs no power over the peer's process. A device's test class implements this once for each {@link
 * PeerPlacement} that it supports.
 */
public interface DeviceContract
        extends DeviceQueryCases,
                ProtectionDomainCases,
                MemoryRegionCases,
                CompletionQueueCases,
                CompletionQueueResizeCases,
                CompletionEventCases,
                QueuePairCases,
                QueuePairStateCases,
                PostRuleCases,
                RcTrafficCases,
                RcErrorCases,
                RetryCases,
                FlushCases,
                SrqCases,
                UdCases,
                AtomicCases,
                ConnectionManagerCases,
                ConnectionManagerRefusalCases,
                ConcurrencyCases,
                HotPathCases {}
