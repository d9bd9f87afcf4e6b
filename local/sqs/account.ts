/** The account of everything that the embedded services make. */
export const ACCOUNT_ID = '000000000000';
