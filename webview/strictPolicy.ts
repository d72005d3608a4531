import { config } from 'zod';

/**
 * The page's content security policy forbids `eval`, with which zod would compile schemas. To
 * be imported before every module that makes a schema.
 */
config({ jitless: true });
