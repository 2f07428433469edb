/** Why linkbeat_* have no effect, wherever they stand. */
export const toldByKernel =
  'the kernel tells of every link that goes down or up, and is not asked again and again';
