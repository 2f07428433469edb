// A slot that is claimed and never published is freed by the second sweep; one that somebody is just writing
// is not.
#include "native/tables/abandoned_claims.h"

#include <vector>

#include "native/test/check.h"

using xlb::test::it;

int main() {
  it("frees a claim that is the same in two sweeps, and no other", [] {
    std::vector<xlb_flow_bucket> buckets(2);
    xlb_flow_slot& left = buckets[1].slot[3];
    xlb_flow_slot& spilled = buckets[1].slot[0];  // its bucket is, between the sweeps
    spilled.control = 3 * XLB_FLOW_TAG_IPV4 | XLB_FLOW_BUSY;
    xlb_flow_slot& written = buckets[0].slot[0];
    left.control = 7 * XLB_FLOW_TAG_IPV4 | 5 * XLB_FLOW_GENERATION_ONE | XLB_FLOW_SPILLED | XLB_FLOW_BUSY;
    written.control = XLB_FLOW_TAG_IPV4 | XLB_FLOW_BUSY;

    xlb::AbandonedClaims claims;
    CHECK(claims.look(0, buckets) == 0);
    claims.swept();
    written.control += XLB_FLOW_GENERATION_ONE;  // another claim than the one that was seen
    left.control ^= XLB_FLOW_SPILLED;            // its line's mark, which comes and goes
    spilled.control |= XLB_FLOW_SPILLED;
    CHECK(claims.look(0, buckets) == 2);
    CHECK(spilled.control == XLB_FLOW_SPILLED);
    CHECK(left.control == 5 * XLB_FLOW_GENERATION_ONE);
    CHECK((written.control & XLB_FLOW_PHASE) == XLB_FLOW_BUSY);

    claims.swept();
    left.control = XLB_FLOW_BUSY;  // no process has died since
    CHECK(claims.look(0, buckets) == 0);
  });
  it("frees what lblc and lblcr remember in the same way", [] {
    std::vector<xlb_locality_set> sets(2);
    xlb_locality& left = sets[1].way[XLB_LOCALITY_WAYS - 1];
    xlb_locality& written = sets[0].way[0];
    xlb_locality& known = sets[0].way[1];
    left.control = 7 * XLB_FLOW_TAG_IPV4 | 5 * LOCALITY_GENERATION_ONE | XLB_FLOW_BUSY;
    written.control = XLB_FLOW_TAG_IPV4 | XLB_FLOW_BUSY;
    known.control = XLB_FLOW_TAG_IPV4 | XLB_FLOW_LIVE;
    xlb_locality& again = sets[0].way[2];  // claimed anew; what is a mark in a flow is of its generation
    again.control = XLB_FLOW_TAG_IPV4 | XLB_FLOW_BUSY;

    xlb::AbandonedClaims claims;
    CHECK(claims.look(0, sets) == 0);
    claims.swept();
    written.control = (written.control & ~XLB_FLOW_PHASE) | XLB_FLOW_LIVE;
    again.control |= XLB_FLOW_SPILLED;
    CHECK(claims.look(0, sets) == 1);
    CHECK(left.control == 5 * LOCALITY_GENERATION_ONE);
    CHECK((written.control & XLB_FLOW_PHASE) == XLB_FLOW_LIVE);
    CHECK(known.control == (XLB_FLOW_TAG_IPV4 | XLB_FLOW_LIVE));
  });
  return 0;
}
