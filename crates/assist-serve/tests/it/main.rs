//! What the service promises, shown by asking it over real connections.

mod abuse; // clients that are slow, many, or send what is no request
mod access; // keys, origins, addresses that others reach
mod model_kinds; // cards, rules, dates, styles of numbers, missing values: all score as the library does
mod outcomes; // the log of predictions and of what became true of them
mod page; // the page without JavaScript
mod predict; // one user, many users, users who cannot be scored
mod protocols; // the Open Inference Protocol and MLflow's
mod reload; // other models in the place of these, under load
mod service; // runs a service in this process and talks to it
mod shutdown; // what is begun is finished
