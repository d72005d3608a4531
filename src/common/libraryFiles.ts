/** The database in a library's folder: the truth that all other files there are made from. */
export const databaseName = 'library.sqlite';

/** Beside it, the file whose lock says which process writes. */
export const lockName = 'leader.lock';

/** The folder of the vector indexes, beside the database. */
export const indexFolderName = 'index';
