/** The provider's own client, as far as it is used. */
declare module '@ovhcloud/node-ovh' {
  interface Client {
    /**
     * Calls back once, or never: where a request for a token fails the promise rejects instead. `error`
     * is an HTTP status, an errno below zero, an `Error`, a text, or what was said about a token.
     */
    request(
      method: 'GET' | 'PUT',
      path: string,
      query: Readonly<Record<string, unknown>>,
      callback: (error: unknown, answer: unknown) => void,
    ): Promise<unknown>;
  }
  const createClient: (options: Readonly<Record<string, string | number>>) => Client;
  export = createClient;
}
