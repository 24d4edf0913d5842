/** Run by itself: builds the images of this folder's tests, which takes minutes, before the tests are run. */
import { archiveImages } from "./image.ts";

await archiveImages();
