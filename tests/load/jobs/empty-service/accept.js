/** Accepts every request. */
export const handler = async () => ({ statusCode: 202, body: '{"results":[]}' });
