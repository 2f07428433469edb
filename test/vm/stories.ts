/** Every story, each with virtual servers of its own, so that all are told to one director. */
import { flowStories } from './stories_flows.ts';
import { packetStories } from './stories_packets.ts';
import { stateStories } from './stories_state.ts';
import type { Story } from './story.ts';

export const stories: readonly Story[] = [...flowStories, ...stateStories, ...packetStories];
