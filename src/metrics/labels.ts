/** Labels that many metrics share are one object a scrape: see metric.ts. */

/** `make` is asked once for each object. */
export function once<Of extends object, Labels>(make: (of: Of) => Labels): (of: Of) => Labels {
  const made = new WeakMap<Of, Labels>();
  return (of) => {
    const before = made.get(of);
    if (before !== undefined) return before;
    const labels = make(of);
    made.set(of, labels);
    return labels;
  };
}

/** The same for an object that stands inside another. */
export function onceEach<Outer, Of extends object, Labels>(
  make: (outer: Outer, of: Of) => Labels,
): (outer: Outer, of: Of) => Labels {
  const made = new WeakMap<Of, Labels>();
  return (outer, of) => {
    const before = made.get(of);
    if (before !== undefined) return before;
    const labels = make(outer, of);
    made.set(of, labels);
    return labels;
  };
}
