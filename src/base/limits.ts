/** What the tables can hold where keepalived and IPVS let one ask for more (bpf/shared/flow_slot.h). */

/** The longest life of a persistence template, in seconds: 32,767 minutes. IPVS has 31 days. */
export const MAX_PERSISTENCE_S = 32_767 * 60;
