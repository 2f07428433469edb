/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Round robin: the next after the last chosen (ip_vs_rr.c). `turn` is the list without weight 0, so that the
 * usual pick is one step. The cursor moves by compare-and-swap: picks on several processors take turns, too.
 */
#pragma once

struct turn_search {
	const struct packet *packet;
	struct xlb_schedule turn;
	__u32 position;
	__u32 destination;
};

static long turn_consider(__u32 index, void *context)
{
	struct turn_search *search = (struct turn_search *)context;
	const struct xlb_destination *destination;
	__u32 position = search->position < search->turn.count ? search->position : 0;
	__u32 id = 0;

	(void)index;
	destination = scheduled_destination(search->packet, search->turn.first + position, &id);
	search->position = position + 1;
	if (!destination || !destination_takes_flows(destination))
		return 0;
	search->destination = id;
	return 1;
}

#define TURN_ATTEMPTS                                                                                        \
	4 /* lost races before the pick is taken as it is: two may then follow the same cursor */

/* Entries that one pick looks at, lost races included. Far more than real servers: a turn of wrr is that of
 * the weights, and where the heavy ones are overloaded it is passed by for each of the others' flows. */
#define TURN_ENTRIES 1024

/* Past entries that take no flows (they weigh 0, are gone since the turn was laid out, or are overloaded),
 * and lost races. Where so many in a row take none, the least loaded of all gets the flow; the next one goes
 * on behind them. */
XLB_INLINE __u32 search_turn(const struct packet *packet, struct xlb_virtual_server *server,
			     struct xlb_schedule turn)
{
	struct turn_search search = {};
	__u32 left = TURN_ENTRIES;
	int attempt;

	search.packet = packet;
	search.turn = turn;
	for (attempt = 0; attempt < TURN_ATTEMPTS && left; attempt++) {
		__u32 cursor = READ_ONCE(server->cursor);

		search.position = cursor & ~XLB_CURSOR_FRESH;
		search.destination = 0;
		left -= platform_loop(turn.count < left ? turn.count : left, turn_consider, &search);
		if (compare_and_swap(&server->cursor, cursor, search.position) == cursor)
			break;
	}
	return search.destination ? search.destination : least_loaded(packet, server->pool);
}

/* The next usable entry of `turn` from the cursor on; the cursor moves behind it. */
XLB_INLINE __u32 next_in_turn(const struct packet *packet, struct xlb_virtual_server *server)
{
	struct xlb_schedule turn = read_schedule(&server->turn);
	__u32 cursor = READ_ONCE(server->cursor);
	__u32 position = cursor & ~XLB_CURSOR_FRESH;
	const struct xlb_destination *destination;
	__u32 id = 0;

	if (!turn.count)
		return 0;
	if (position >= turn.count)
		position = 0;
	destination = scheduled_destination(packet, turn.first + position, &id);
	if (destination && destination_takes_flows(destination)) {
		if (compare_and_swap(&server->cursor, cursor, position + 1) == cursor)
			return id;
	} else if (!any_takes_flows(packet, server->pool)) {
		/* Once around, as if it had been looked for. */
		(void)compare_and_swap(&server->cursor, cursor, position ? position : turn.count);
		return 0;
	}
	return search_turn(packet, server, turn);
}

XLB_INLINE __u32 rr_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	return next_in_turn(packet, server);
}
