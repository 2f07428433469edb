/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The power of two random choices: two destinations drawn by weight, and of them the one of the smaller
 * load / weight; the first drawn of equals (ip_vs_twos.c). A draw is a number from 0 to the sum of the
 * weights, both included, so the list's head has one chance more than its weight, as in IPVS.
 */
#pragma once

struct draw {
	__u64 ticket; /* weight that still lies before the destination drawn */
	__u32 destination;
	__u32 weight; /* 0: not yet drawn */
	__u64 load;
};

struct two_draws {
	struct walk walk;
	__u64 total;
	struct draw draw[2];
};

static long twos_weigh(__u32 index, void *context)
{
	struct two_draws *twos = (struct two_draws *)context;
	const struct xlb_destination *destination = candidate_at(&twos->walk, index);

	if (destination)
		twos->total += READ_ONCE(destination->weight);
	return 0;
}

XLB_INLINE void pass_ticket(struct draw *draw, __u32 id, const struct xlb_destination *destination)
{
	__u32 weight = READ_ONCE(destination->weight);

	if (draw->weight)
		return;
	if (draw->ticket > weight) {
		draw->ticket -= weight;
		return;
	}
	draw->destination = id;
	draw->weight = weight;
	draw->load = destination_load(destination);
}

static long twos_draw(__u32 index, void *context)
{
	struct two_draws *twos = (struct two_draws *)context;
	const struct xlb_destination *destination = candidate_at(&twos->walk, index);

	if (!destination)
		return 0;
	pass_ticket(&twos->draw[0], twos->walk.candidate, destination);
	pass_ticket(&twos->draw[1], twos->walk.candidate, destination);
	return twos->draw[0].weight && twos->draw[1].weight;
}

/* 64 bits, as the sum of the greatest weights is more than 32. */
XLB_INLINE __u64 draw_ticket(const struct packet *packet, __u64 total)
{
	__u64 random = platform_random(packet);

	return (random << 32 | platform_random(packet)) % (total + 1);
}

XLB_INLINE __u32 twos_pick(const struct packet *packet, struct xlb_virtual_server *server)
{
	const struct xlb_schedule list = read_schedule(&server->walk);
	struct two_draws twos = {};

	twos.walk.packet = packet;
	twos.walk.first = list.first;
	platform_loop(list.count, twos_weigh, &twos);
	twos.draw[0].ticket = draw_ticket(packet, twos.total);
	twos.draw[1].ticket = draw_ticket(packet, twos.total);
	platform_loop(list.count, twos_draw, &twos);
	if (twos.draw[0].load * twos.draw[1].weight > twos.draw[1].load * twos.draw[0].weight)
		return twos.draw[1].destination;
	return twos.draw[0].destination;
}
