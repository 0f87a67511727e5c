/** One attempt to deliver a webhook, with what was sent and what came back. */
export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly appId: number;
  readonly event: string;
  readonly action: string | null;
  readonly deliveredAt: string;
  readonly redelivery: boolean;
  readonly durationMs: number;
  /** 0 when no answer came. */
  readonly statusCode: number;
  readonly status: string;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** The exact bytes that were signed, as text. */
  readonly requestBody: string;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;
}

/** GitHub keeps three days; here a number bounds the memory. */
export const DELIVERIES_KEPT = 5_000;

export interface DeliveryLog {
  append(delivery: Delivery): void;
  /** Newest first. */
  list(appId: number): readonly Delivery[];
  all(): readonly Delivery[];
  find(appId: number, id: number): Delivery | undefined;
}

/** Open a log that goes on from these deliveries; `onAppend` hears of each one that is added. */
export function openDeliveryLog(
  earlier: readonly Delivery[] = [],
  onAppend: (delivery: Delivery) => void = () => {},
): DeliveryLog {
  const deliveries = [...earlier];
  const list = (appId: number) => deliveries.filter((each) => each.appId === appId).reverse();
  return {
    append: (delivery) => {
      deliveries.push(delivery);
      if (deliveries.length > DELIVERIES_KEPT) deliveries.shift();
      onAppend(delivery);
    },
    list,
    all: () => [...deliveries],
    find: (appId, id) => list(appId).find((each) => each.id === id),
  };
}
