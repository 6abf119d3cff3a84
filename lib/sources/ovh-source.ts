/** The CloudEvents source of events that are made from what OVHcloud's API answers. */
export const OVH_SOURCE = 'urn:ovh:ai-training';
