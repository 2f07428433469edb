/** What the tables can hold where keepalived and IPVS let one ask for more (bpf/shared/flow_slot.h). */

/** The longest life of a persistence template, in seconds: 32,767 minutes. IPVS has 31 days. */
export const MAX_PERSISTENCE_S = 32_767 * 60;

/** The longest time that an idle flow is kept, in seconds: 25 days (native/tables/timeouts.cc). IPVS has 31. */
export const MAX_FLOW_TIMEOUT_S = 2_164_631;
