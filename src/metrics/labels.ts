/** Labels that many metrics share are one object a scrape: see metric.ts. */

/** `make` is asked once for each object; what else it needs is the same whenever that object comes again. */
export function once<Of extends object, Rest extends readonly unknown[], Labels>(
  make: (of: Of, ...rest: Rest) => Labels,
): (of: Of, ...rest: Rest) => Labels {
  const made = new WeakMap<Of, Labels>();
  return (of, ...rest) => {
    const before = made.get(of);
    if (before !== undefined) return before;
    const labels = make(of, ...rest);
    made.set(of, labels);
    return labels;
  };
}
