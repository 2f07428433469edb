// What the generator is told to send, as it lies in the memory of bench/generator.bpf.c. C and C++.
#pragma once

#include <linux/types.h>

#define GENERATOR_MAX_NOTED 8192

// IP identification of everything that is generated: what tells it from others' frames.
#define GENERATOR_MARK 0x786c

// TCP from `clients` addresses in turn to `servers` addresses in turn. User space writes all of it before a
// run; `client` and `server` are where the turns stand.
struct generator_order {
  __u8 destination[6];
  __u8 source[6];
  __u32 first_client;  // host order, as all here
  __u32 clients;
  __u32 first_server;
  __u32 servers;
  __u16 port;
  __u8 flags;    // byte 13 of the TCP header
  __u8 deliver;  // to the interface, as if it had come in there; else sent out of it
  __u32 random;  // 1: any client address and port, instead of `clients` in turn
  __u32 erase;   // flows that are noted, to be taken away whenever the turn of clients begins anew
  __u32 erased;  // how many were: written by the program
  __u32 client;
  __u32 server;
  __u32 bytes;  // of the IP packet
};
