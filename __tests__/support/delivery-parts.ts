/** What `make delivery-e2e` consists of, in this order. */
export const DELIVERY_PARTS = ['kills', 'rollbacks', 'autoscaling', 'canary'] as const;

export type DeliveryPart = (typeof DELIVERY_PARTS)[number];

/**
 * The parts to run.
 * @param asked names with commas between them; nothing or no text: all
 * @throws Error that names a part that there is not
 */
export function deliveryParts(asked = ''): ReadonlySet<DeliveryPart> {
  const names = asked.split(',').flatMap((each) => each.trim() || []);
  const unknown = names.filter((each) => !DELIVERY_PARTS.some((part) => part === each));
  if (unknown.length > 0)
    throw new Error(
      `DELIVERY_PARTS names ${unknown.join(', ')}; expected some of ${DELIVERY_PARTS.join(', ')}, with commas between them`,
    );
  return new Set(DELIVERY_PARTS.filter((part) => names.length === 0 || names.includes(part)));
}
