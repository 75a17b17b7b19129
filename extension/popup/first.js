/**
 * The browser shows the popup once its page is loaded. What is imported here does not hold that up,
 * so the person sees the frame at once and what is in it a moment later.
 */

void import("./popup.js");
