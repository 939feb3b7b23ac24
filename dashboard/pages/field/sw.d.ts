/* What the server writes into the service worker: the addresses of all files of the page. */
declare const __FILES__: string[];
