/** The provider's own client, of which tests use the signature. */
declare module '@ovhcloud/node-ovh' {
  const createClient: (options: Readonly<Record<'appKey' | 'appSecret' | 'consumerKey', string>>) => {
    signRequest(method: string, url: string, body: string, timestamp: number): string;
  };
  export = createClient;
}
