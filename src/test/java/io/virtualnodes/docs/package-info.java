/**
 * That the pages for users are right: what they link to is there, what they show can be typed and
 * applied, and what is written from the program is up to date.
 */
package io.virtualnodes.docs;
