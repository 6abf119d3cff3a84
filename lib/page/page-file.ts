/** A file of the web page. */
export interface PageFile {
  /** As in its URL, without a directory. */
  readonly name: string;
  readonly contentType: string;
  readonly text: string;
}
